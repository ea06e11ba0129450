/** SockJS around another dialect: the frames of sockjs-protocol 0.3.3, whatever carries them. */
package io.switchboard.dialect.sockjs;
