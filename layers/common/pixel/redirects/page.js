"use strict";
// Leads a visitor on: to an app, once, and to the web if no app has opened.
const way = document.getElementById("way").dataset;
const question = document.getElementById("question");

function leave() {
  if (!way.app) {
    location.replace(way.address);
    return;
  }
  location.href = way.app;
  setTimeout(() => document.hidden || location.replace(way.address), 1500);
}

if (question) {
  question.hidden = false;
  question.addEventListener("click", (event) => {
    const { answer } = event.target.dataset;
    if (!answer) return;
    document.cookie = `${way.cookie}=${answer}; Max-Age=${way.seconds}; Path=/; Secure; SameSite=Lax`;
    leave();
  });
} else {
  leave();
}
