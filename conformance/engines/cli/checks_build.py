"""Images that are built: each RUN is a container that the engine's builder makes without the engine."""

import os

import processes
from engine import IMAGE
from report import expect, expect_equal, expect_match

FILE = f"""FROM {IMAGE}
ENV ADDED=added
WORKDIR /made
RUN echo "$ADDED $(id -u) $(pwd)" >by-root && touch /etc/changed
RUN ["/bin/sh", "-c", "test -f by-root && cp by-root copied && chown 1000:1000 copied /made"]
USER 1000:1000
RUN id -u >by-user; (echo no >/etc/passwd) 2>/dev/null || echo refused >>by-user
CMD ["cat", "by-root", "copied", "by-user"]
"""


def build(engine, name, text, kit=False):
    """Builds an image, below dockerd by its classic builder or by BuildKit; podman has but one."""
    context = f"{engine.work}/{name}"
    os.makedirs(context, exist_ok=True)
    with open(f"{context}/Dockerfile", "w", encoding="utf-8") as file:
        file.write(text)
    return processes.run(["env", f"DOCKER_BUILDKIT={int(kit)}", *engine.client, "build", "--network", "none",
                          "--no-cache", "--tag", name, context])


def builds_and_runs(engine, name, kit=False):
    result = build(engine, name, FILE, kit)
    expect_equal(result.code, 0, f"exit code of {result}")
    result = processes.run([*engine.client, "run", "--rm", *engine.common_options(), *engine.network_options(), name])
    expect_equal((result.code, result.out), (0, "added 0 /made\nadded 0 /made\n1000\nrefused\n"),
                 "what the image holds")
    engine.succeed("rmi", name)


def image_is_built(engine):
    builds_and_runs(engine, "built")


def failing_build(engine):
    result = build(engine, "failing", f"FROM {IMAGE}\nRUN echo before; exit 7\nRUN echo after\n")
    expect_equal(result.code, 7, f"exit code of {result}")
    expect_match(result.out + result.err, "before", "the output of the command")
    result = build(engine, "missing", f'FROM {IMAGE}\nRUN ["/nope"]\n')
    expect(result.code != 0, "a program that is not there")
    expect_match(result.out + result.err, "/nope.*no such file", "the error")


CHECKS = [image_is_built, failing_build]
