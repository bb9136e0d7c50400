/** What can be done to a player, by username. */
import { post, put } from "../api/client";
import { showMicro, writeMicro, type Micro } from "../market/micro";
import { adminText } from "../strings/admin";
import { once, type Act } from "./act";

export function freezeAct(username: string): Act {
  return {
    title: `${adminText.freeze} ${username}?`,
    says: adminText.freezeSays(username),
    confirm: adminText.freeze,
    grave: true,
    give: (attempt) => post("/api/v1/admin/freeze", { reason: attempt.reason, username }, once(attempt)),
  };
}

export function thawAct(username: string): Act {
  return {
    title: `${adminText.thaw} ${username}?`,
    says: adminText.thawSays(username),
    confirm: adminText.thaw,
    grave: false,
    give: (attempt) => post("/api/v1/admin/thaw", { reason: attempt.reason, username }, once(attempt)),
  };
}

export function grantAct(username: string, amount: Micro): Act {
  const shown = showMicro(amount, 6).replace(/0{1,4}$/, "");
  return {
    title: adminText.grantTitle(shown, username),
    says: adminText.grantSays(shown),
    confirm: adminText.grant,
    grave: false,
    give: (attempt) =>
      post(
        "/api/v1/admin/grant",
        { reason: attempt.reason, username, amount_bdt: writeMicro(amount) },
        once(attempt),
      ),
  };
}

/** A role is no command to the market; giving it twice is giving it once. */
export function roleAct(username: string, role: "admin" | "player"): Act {
  const [title, says] =
    role === "admin"
      ? [adminText.makeAdmin, adminText.makeAdminSays(username)]
      : [adminText.makePlayer, adminText.makePlayerSays(username)];
  return {
    title: `${title}: ${username}?`,
    says,
    confirm: title,
    grave: true,
    give: ({ reason }) => put("/api/v1/admin/roles", { reason, username, role }),
  };
}
