"""The guarded fetcher, the only way out to the web.

guard    where one may go.
turns    who goes when, host by host.
body     what may come back.
headers  what may be believed of the headers.
fetcher  AiohttpFetcher, which does it.
"""

from bot.adapters.fetch.fetcher import AiohttpFetcher, FetchLimits, Manners
from bot.adapters.fetch.guard import Network, address_of, is_open

__all__ = ["AiohttpFetcher", "FetchLimits", "Manners", "Network", "address_of", "is_open"]
