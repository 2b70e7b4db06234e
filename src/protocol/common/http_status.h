#pragma once

// The HTTP service for monitoring: GET and HEAD on a table of paths.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "protocol/common/listener.h"

namespace octavo::protocol {

struct HttpReply {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  Bytes body;
};

// `query` is what follows '?' in the target, still encoded. Runs on an I/O thread: be quick.
using HttpHandler = std::function<HttpReply(std::string_view query)>;
using HttpRoutes = std::map<std::string, HttpHandler, std::less<>>;

// HTTP/1.0 and 1.1, keep-alive, pipelining. 404 for other paths, 405 for other methods, 400 for
// what is not HTTP, 431 and 413 for too much of it.
Serve make_http_status(HttpRoutes routes);

}  // namespace octavo::protocol
