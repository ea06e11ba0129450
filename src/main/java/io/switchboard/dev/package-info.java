/**
 * What a developer has and production has not: keys of their own, a watched folder that plays the internal service, a
 * page with two users, and the command line. Its beans exist in the dev build only (the keys in tests, too).
 */
package io.switchboard.dev;
