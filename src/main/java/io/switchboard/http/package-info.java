/** What the resources of the HTTP API have in common. */
package io.switchboard.http;
