# One image for every process of docker-compose.yml. The page is built in a stage of its own.
FROM node:24-slim AS page
WORKDIR /page
COPY web/ ./
RUN npm ci && npm run build

FROM python:3.11-slim
WORKDIR /biome
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY schemas/ schemas/
COPY streams/ streams/
COPY api/ api/
COPY client/ client/
COPY ops/ ops/
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e .
COPY --from=page /page/dist web/dist
# A volume that is mounted here belongs to whoever this folder belongs to.
RUN install -d -o nobody /var/lib/biome
USER nobody
CMD ["biome", "--help"]
