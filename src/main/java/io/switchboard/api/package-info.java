/** The HTTP API beside publishing: history of topics for clients, and subscriptions of sessions for services. */
package io.switchboard.api;
