/**
 * One client connection with its state. A session is owned by the event loop of its channel: every method of
 * {@link io.switchboard.session.Session} is called on that loop, so nothing here locks.
 */
package io.switchboard.session;
