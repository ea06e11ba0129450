/** STOMP 1.0, 1.1 and 1.2: frames, and the bytes that they are. */
package io.switchboard.dialect.stomp;
