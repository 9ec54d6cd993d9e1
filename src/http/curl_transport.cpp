// The Transport over libcurl: each call borrows a handle from the pool and runs on its caller's thread, or, where that is a fiber of a
// reactor, pauses until the reactor is done with it.
#include <exception>
#include <memory>
#include <utility>

#include "http/curl_handle.h"
#include "http/exchange.h"
#include "http/reactor.h"
#include "objectstore/http.h"

namespace objectstore {
namespace {

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(const TransportOptions& options) : pool_(std::make_shared<http::CurlPool>(options)) {}

  HttpReply send(const HttpRequest& request) override {
    auto pool = pool_;  // the call outlives a transport that a callback of it lets go
    HttpReply reply;
    try {
      http::Reactor* reactor = http::Reactor::current();
      auto handle = reactor != nullptr ? pool->take_for_reactor() : pool->take(request.scheme, request.host);
      if (!handle) {
        reply.error = Error{.message = "libcurl cannot make a handle: out of memory"};
        return reply;
      }
      http::Exchange(*handle, request, pool->options(), reply).run(reactor);
      pool->put(std::move(handle));
    } catch (const std::exception&) {  // no memory to put the request together; the handle is closed
      reply.error = Error{.message = "out of memory"};
    }
    return reply;
  }

 private:
  const std::shared_ptr<http::CurlPool> pool_;
};

}  // namespace

std::shared_ptr<Transport> make_curl_transport(const TransportOptions& options) {
  TransportOptions complete = options;
  if (!complete.clock) complete.clock = system_clock();
  return std::make_shared<CurlTransport>(complete);
}

}  // namespace objectstore
