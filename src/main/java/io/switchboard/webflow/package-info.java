/** Who waits for the authorization of which operation, and what is kept until somebody does. Knows no socket and no dialect. */
package io.switchboard.webflow;
