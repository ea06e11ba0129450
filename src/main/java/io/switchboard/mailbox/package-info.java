/** Messages from one user to another: to all connections at once, or kept until there is one. Knows no dialect and no database. */
package io.switchboard.mailbox;
