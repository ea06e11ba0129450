/** The JSON realtime protocol: topics, history, recovery, calls of services, and binary frames. */
package io.switchboard.dialect.realtime;
