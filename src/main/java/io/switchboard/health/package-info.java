/** Whether the process is alive, ready and started, and where that can be asked. */
package io.switchboard.health;
