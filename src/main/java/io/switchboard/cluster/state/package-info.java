/** What users and sessions have, over all replicas: each thing is decided about by the replica that owns it. */
package io.switchboard.cluster.state;
