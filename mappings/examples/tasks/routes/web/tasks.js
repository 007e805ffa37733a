"use strict";

// Subscribes to the tasks of the user that the address names (index.html?user_id=1), and appends each message to the list as it
// comes. A lost connection is opened again, and goes on after the last message that came: nothing is missed, nothing comes twice.

const user = new URLSearchParams(location.search).get("user_id");
const address = new URL("push", location.href.replace(/^http/, "ws"));
const [state, list, empty, gap] = ["state", "messages", "empty", "gap"].map(id => document.getElementById(id));
const mostShown = 500;
const longestWait = 10_000;
const longestSilence = 20_000;

let last = "";   // id of the last message; empty: from now on
let attempts = 0;

function show(name, text) {
  state.dataset.state = name;
  state.textContent = text;
}

function append({ task, message }) {
  const entry = document.createElement("li");
  for (const [name, text] of [["content", task?.content], ["message", message]]) {
    const part = document.createElement("span");
    part.className = name;
    part.textContent = text ?? "";
    entry.append(part);
  }
  // A reader who has scrolled back stays there.
  const isAtEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 50;
  list.append(entry);
  while (list.children.length > mostShown) list.firstElementChild.remove();
  empty.hidden = true;
  if (isAtEnd) entry.scrollIntoView({ block: "nearest" });
}

function connect() {
  const socket = new WebSocket(address);
  let isSubscribed = false;
  // A connection attempt that nobody answers would wait for minutes.
  const patience = setTimeout(() => socket.close(), longestSilence);
  socket.onopen = () => socket.send(JSON.stringify({ type: "subscribe", user_id: user, after: last }));
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.id !== undefined) last = message.id;
    switch (message.type) {
      case "subscribe":
        clearTimeout(patience);
        attempts = 0;
        isSubscribed = true;
        show("connected", `Connected: user ${user}`);
        empty.hidden = list.children.length > 0;
        break;
      case "notification":
        append(message);
        break;
      case "error":
        show("refused", message.detail);
        break;
      case "gap":
        gap.hidden = false;
        gap.textContent = "Some messages are missing: the connection was lost for too long.";
        break;
    }
  };
  socket.onclose = ({ reason }) => {
    clearTimeout(patience);
    const wait = Math.min(longestWait, 250 * 2 ** attempts++) * (0.5 + Math.random() / 2);
    show(isSubscribed || !reason ? "connecting" : "refused", isSubscribed || !reason ? "Connection lost, connecting again …" : reason);
    setTimeout(connect, wait);
  };
}

if (user) {
  document.title = `Completed tasks: user ${user}`;
  connect();
} else {
  show("none", "No user yet");
  document.getElementById("who").hidden = false;
}
