/** Work queues: what is sent to one of several consumers, and kept until one of them has done it. */
package io.switchboard.queue;
