# One image for every part: `botapp web`, `botapp worker`, `botapp ticker`, `botapp db upgrade`.
# It holds no secret; all settings come from the environment (docker-compose.yml shows which).

FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY config ./config
COPY botapp ./botapp
RUN pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:3.13-slim
RUN groupadd --gid 10001 botapp \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/botapp --shell /usr/sbin/nologin botapp \
 && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/botapp /var/lib/botapp/ledger-keys
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links=/wheels botapp
ENV PYTHONUNBUFFERED=1 \
    BOTAPP_VAR_DIR=/var/lib/botapp \
    BOTAPP_HTTP_HOST=0.0.0.0 \
    BOTAPP_HTTP_PORT=8080
WORKDIR /var/lib/botapp
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
# Of the web, the default command; docker-compose.yml asks the other parts in their own way.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"BOTAPP_HTTP_PORT\"]}/health/ready', timeout=4)"]
CMD ["botapp", "web"]
