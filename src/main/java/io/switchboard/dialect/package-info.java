/** The wire protocols: what a client's frame means, and what a publication looks like. Pure; sessions keep the state. */
package io.switchboard.dialect;
