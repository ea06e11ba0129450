/** The order of events: every accepted event has one place, and is delivered in the order of places. */
package io.switchboard.log;
