/** Calls of internal services on behalf of a session. */
package io.switchboard.service;
