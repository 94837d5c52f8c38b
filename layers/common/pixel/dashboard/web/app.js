document.getElementById("app").textContent = "Dashboard";
