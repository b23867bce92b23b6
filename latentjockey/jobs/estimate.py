"""How long it takes yet, as people say it. Pure."""

from __future__ import annotations

from latentjockey.jobs.events import Progress


def left_words(progress: Progress) -> str:
    """``about 40 minutes left; good enough to play in about 10``; empty where nobody can tell."""
    left = progress.left_s
    if left is None:
        return ""
    good = progress.good * (max(0.0, progress.seconds) + left) - progress.seconds
    if good <= 0:
        return f"{span(left)} left; good enough to play already"
    whole, part = span(left), span(good)
    number, _, unit = part.rpartition(" ")
    return f"{whole} left; good enough to play in {number if whole.endswith(f' {unit}') and number else part}"


def span(seconds: float) -> str:
    """A length of time in words, rounded as one would say it."""
    if seconds < 50:
        return "less than a minute"
    minutes = seconds / 60
    if minutes < 1.5:
        return "about a minute"
    if minutes < 90:
        return f"about {round(minutes) if minutes < 12 else round(minutes / 5) * 5} minutes"
    hours = minutes / 60
    if hours < 9.75:
        half = round(hours * 2) / 2
        return f"about {half:g} hours"
    return f"about {round(hours)} hours"
