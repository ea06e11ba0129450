/** Sockets: the upgrade, the endpoints, and the one class that reaches the Netty channel. Knows no protocol. */
package io.switchboard.transport;
