// The Transport over libcurl: each call borrows a handle from the pool and runs on its caller's thread, or, where that is a fiber of a
// reactor, pauses until the reactor is done with it.
#include <exception>
#include <memory>
#include <utility>

#include "http/curl_handle.h"
#include "http/exchange.h"
#include "http/rate_limit.h"
#include "http/reactor.h"
#include "objectstore/http.h"

namespace objectstore {
namespace {

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(const TransportOptions& options) : pool_(std::make_shared<http::CurlPool>(options)) {
    if (options.bytes_per_second > 0) limit_ = std::make_shared<http::RateLimit>(options.bytes_per_second, options.clock);
  }

  HttpReply send(const HttpRequest& request) override {
    auto pool = pool_;  // the call outlives a transport that a callback of it lets go
    auto limit = limit_;
    HttpReply reply;
    const std::uint64_t bytes = request.body != nullptr ? request.body_size : request.memory_body.size();
    if (limit && bytes == 0 && request.method != "GET") {
      limit->enter_at_once();
    } else if (limit) {
      if (auto turn = limit->enter(bytes, request.timeout, request.cancel); !turn) {
        reply.error = std::move(turn).error();
        return reply;
      }
    }
    carry(*pool, request, limit.get(), reply);
    if (limit) {
      if (reply.error && reply.status == 0) limit->refund(bytes);  // how much of it went out is not known
      limit->leave();
    }
    return reply;
  }

 private:
  static void carry(http::CurlPool& pool, const HttpRequest& request, http::RateLimit* limit, HttpReply& reply) {
    try {
      http::Reactor* reactor = http::Reactor::current();
      auto handle = reactor != nullptr ? pool.take_for_reactor() : pool.take(request.scheme, request.host);
      if (!handle) {
        reply.error = Error{.message = "libcurl cannot make a handle: out of memory"};
        return;
      }
      http::Exchange(*handle, request, pool.options(), reply, limit).run(reactor);
      pool.put(std::move(handle));
    } catch (const std::exception&) {  // no memory to put the request together; the handle is closed
      reply.error = Error{.message = "out of memory"};
    }
  }

  const std::shared_ptr<http::CurlPool> pool_;
  std::shared_ptr<http::RateLimit> limit_;  ///< null = none
};

}  // namespace

std::shared_ptr<Transport> make_curl_transport(const TransportOptions& options) {
  TransportOptions complete = options;
  if (!complete.clock) complete.clock = system_clock();
  return std::make_shared<CurlTransport>(complete);
}

}  // namespace objectstore
