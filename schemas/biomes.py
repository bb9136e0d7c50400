"""The seven biomes, in their fixed order: ties are broken by it, and every list of seven follows it."""

from enum import StrEnum


class Biome(StrEnum):
    OCEAN = "ocean"
    BEACH = "beach"
    PLAINS = "plains"
    FOREST = "forest"
    DESERT = "desert"
    MOUNTAIN = "mountain"
    SNOW = "snow"


BIOMES: tuple[Biome, ...] = tuple(Biome)
BIOME_INDEX: dict[Biome, int] = {biome: index for index, biome in enumerate(BIOMES)}
