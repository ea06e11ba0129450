/** Bounds on what a client, a user or an address may take of the server. */
package io.switchboard.limit;
