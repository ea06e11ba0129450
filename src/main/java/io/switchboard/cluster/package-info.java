/** What makes several replicas act as one: who is there, who decides about what, and how they talk to one another. */
package io.switchboard.cluster;
