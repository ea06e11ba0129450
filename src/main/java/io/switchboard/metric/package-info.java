/** What is counted: every name and tag in one place. */
package io.switchboard.metric;
