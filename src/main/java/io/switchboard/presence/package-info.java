/** Who is there, and who shares a topic with whom. Knows no dialect and no session. */
package io.switchboard.presence;
