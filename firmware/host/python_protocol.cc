#include <pybind11/pybind11.h>

#include <string_view>

#include "firmware/core/protocol/frame.h"
#include "firmware/host/python_core.h"

namespace tombola {
namespace {

namespace py = pybind11;

// Whole requests in a stream, each (version, sequence, command, body).
py::list ReadRequests(const py::bytes& stream) {
  py::list requests;
  FrameReader reader;
  for (const char byte : std::string_view(stream)) {
    if (!reader.Put(static_cast<uint8_t>(byte))) continue;
    const Frame frame = reader.frame();
    const py::bytes body(reinterpret_cast<const char*>(frame.body), frame.size);
    requests.append(
        py::make_tuple(frame.version, frame.sequence, frame.command, body));
  }
  return requests;
}

py::bytes WriteAnswer(uint8_t sequence, uint8_t command, uint8_t result,
                      const py::bytes& body) {
  const std::string_view content(body);
  if (content.size() > protocol::kBodyBytes) {
    throw py::value_error("the body is longer than a frame's");
  }
  FrameWriter writer;
  content.copy(reinterpret_cast<char*>(writer.body()), content.size());
  const Frame request = {protocol::kVersion, sequence, command, nullptr, 0};
  writer.Finish(request, static_cast<protocol::Result>(result), content.size());
  return py::bytes(reinterpret_cast<const char*>(writer.wire()),
                   writer.wire_size());
}

}  // namespace

void BindProtocol(py::module_& module) {
  module.def("read_requests", &ReadRequests, py::arg("stream"),
             "Read what the module takes for requests out of any bytes.\n\n"
             "Returns tuples (version, sequence, command, body).");
  module.def(
      "write_answer", &WriteAnswer, py::arg("sequence"), py::arg("command"),
      py::arg("result"), py::arg("body"),
      "Make an answer as the module sends it, its delimiter included.\n\n"
      "Raises ValueError for a body that is too long.");
}

}  // namespace tombola
