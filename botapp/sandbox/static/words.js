// Times and durations as people read them.

const HOUR = 3600;

export function duration(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [
    [Math.floor(whole / HOUR), "h"],
    [Math.floor((whole % HOUR) / 60), "min"],
    [whole % 60, "s"],
  ].filter(([count]) => count > 0);
  return parts.slice(0, 2).map(([count, unit]) => `${count} ${unit}`).join(" ") || "0 s";
}

export function countdown(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const two = (count) => String(count).padStart(2, "0");
  return `${Math.floor(whole / HOUR)}:${two(Math.floor((whole % HOUR) / 60))}:${two(whole % 60)}`;
}

export function clockTime(epochSeconds, nowSeconds) {
  const at = new Date(epochSeconds * 1000);
  const isToday = at.toDateString() === new Date(nowSeconds * 1000).toDateString();
  const time = { hour: "2-digit", minute: "2-digit" };
  return at.toLocaleString(undefined, isToday ? time : { day: "numeric", month: "short", ...time });
}

export function fullTime(epochSeconds) {
  return new Date(epochSeconds * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

// Hours of the platform's day, and how long they last here.
export function hoursAgo(hours, daySeconds) {
  if (hours === 0) return "now";
  const label = `${hours} h ago`;
  return daySeconds === 86400 ? label : `${label} (${duration((hours / 24) * daySeconds)} here)`;
}
