/** Chat rooms: who is in them, who may be, what is said there. Knows nothing of dialects, sockets or SQL. */
package io.switchboard.chat;
