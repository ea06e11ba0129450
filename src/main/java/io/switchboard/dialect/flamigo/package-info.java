/** The protocol of Flamigo's WebSocket interface: strategies, which are internal services, and events under topics. */
package io.switchboard.dialect.flamigo;
