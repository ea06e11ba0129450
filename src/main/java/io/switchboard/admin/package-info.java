/** The administration API: which sessions there are, and taking away what tokens gave. */
package io.switchboard.admin;
