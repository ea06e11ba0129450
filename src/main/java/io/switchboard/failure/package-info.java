/** What may be said of a failure. */
package io.switchboard.failure;
