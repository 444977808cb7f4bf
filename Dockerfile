# syntax=docker/dockerfile:1
# Only the service: no torch, no OpenVINO, no Triton. Versions are pinned by requirements.lock.
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY services services
RUN pip install --no-cache-dir --constraint requirements.lock setuptools \
    && pip wheel --no-cache-dir --no-build-isolation --constraint requirements.lock --wheel-dir /wheels '.[parquet]'

FROM python:3.11.14-slim-bookworm
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links=/wheels 'tillsight[parquet]' \
    && useradd --system --uid 10001 --no-create-home tillsight \
    && install --directory --owner=tillsight --group=tillsight /var/lib/tillsight
ENV PYTHONUNBUFFERED=1 \
    TILLSIGHT_HOST=0.0.0.0 \
    TILLSIGHT_DATA_DIR=/var/lib/tillsight
USER 10001
WORKDIR /work
EXPOSE 50051
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s --start-interval=5s --retries=3 \
    CMD ["tillsight", "health"]
ENTRYPOINT ["tillsight"]
CMD ["serve"]
