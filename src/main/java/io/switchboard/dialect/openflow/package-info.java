/** The protocol of OpenFlow: commands in envelopes, work queues, watches, and services for everything else. */
package io.switchboard.dialect.openflow;
