/** The form of the log. */
package io.switchboard.journal;
