# One image for every process of Tocsin: worker, notifier, mail sink, operators' commands.
FROM python:3.11.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/tocsin
ENV PATH=/opt/tocsin/bin:$PATH
WORKDIR /src
# The dependencies change less often than the code: they are a layer of their own.
COPY requirements-image.lock ./
RUN pip install --require-hashes -r requirements-image.lock
COPY pyproject.toml README.md ./
COPY alerts alerts
COPY detectors detectors
COPY schemas schemas
COPY streams streams
RUN pip install --no-deps --no-build-isolation . \
    && pip uninstall --yes hatchling pip

FROM python:3.11.13-slim-bookworm
RUN useradd --uid 10001 --create-home tocsin \
    && install --directory --owner tocsin --group tocsin /data /mails /archive /etc/tocsin
COPY --from=build /opt/tocsin /opt/tocsin
ENV PATH=/opt/tocsin/bin:$PATH \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONUNBUFFERED=1 \
    TOCSIN_CONFIG=/etc/tocsin/tocsin.yaml \
    TOCSIN_STORE_URL=sqlite:////data/tocsin.db \
    TOCSIN_ARCHIVE_DIR=/archive
WORKDIR /data
USER tocsin
# For the worker, which is what the image runs by default: bad only while records wait and nothing moves.
HEALTHCHECK --interval=30s --timeout=40s --start-period=60s \
    CMD ["tocsin", "status", "--check", "--patience", "15"]
ENTRYPOINT ["tocsin"]
CMD ["worker"]
