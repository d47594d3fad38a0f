#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "firmware/core/nn/arena.h"
#include "firmware/core/nn/network.h"
#include "firmware/core/nn/ticket.h"
#include "firmware/host/python_core.h"

namespace tombola {
namespace {

namespace py = pybind11;

py::dtype TypeOf(TensorType type) {
  switch (type) {
    case kInt8:
      return py::dtype::of<int8_t>();
    case kFloat32:
      return py::dtype::of<float>();
    case kInt16:
      break;
  }
  return py::dtype::of<int16_t>();
}

// A ticket with the memory that it runs in.
class PythonNetwork {
 public:
  explicit PythonNetwork(const std::string& image)
      : image_(image.begin(), image.end()) {
    Throw(ticket_.Load(image_.data(), static_cast<uint32_t>(image_.size())));
    memory_.resize(ticket_.arena_bytes() / sizeof(uint64_t));
    Arena arena(memory_.data(), memory_.size() * sizeof(uint64_t));
    Throw(network_.Init(ticket_, &arena));
  }
  PythonNetwork(const PythonNetwork&) = delete;
  PythonNetwork& operator=(const PythonNetwork&) = delete;

  void Reset() { network_.Reset(); }
  void SetWidth(float share) { network_.SetWidth(share); }

  py::dict Step(const py::dict& inputs) {
    for (int i = 0; i < ticket_.ports(); ++i) {
      const PortRecord port = ticket_.port(i);
      if (port.kind == kInput && !inputs.contains(port.name)) {
        throw std::invalid_argument("step: input '" + std::string(port.name) +
                                    "' is missing");
      }
    }
    for (const auto& [key, value] : inputs) {
      Write(key.cast<std::string>(), value);
    }
    network_.Step();
    py::dict outputs;
    for (int i = 0; i < ticket_.ports(); ++i) {
      const PortRecord port = ticket_.port(i);
      if (port.kind != kInput) outputs[port.name] = Copy(port.tensor);
    }
    return outputs;
  }

  py::array Copy(int index) const {
    const Port tensor = network_.Tensor(index);
    if (tensor.data == nullptr) {
      throw py::index_error("tensor " + std::to_string(index) +
                            " is not in the ticket");
    }
    return py::array(TypeOf(tensor.type), tensor.count, tensor.data);
  }

  py::dict Scales(PortKind kind) const {
    py::dict scales;
    for (int i = 0; i < ticket_.ports(); ++i) {
      const PortRecord port = ticket_.port(i);
      if (port.kind == kind)
        scales[port.name] = ticket_.tensor(port.tensor).scale;
    }
    return scales;
  }

  uint32_t arena_bytes() const { return ticket_.arena_bytes(); }

  py::str Metadata() const {
    return py::str(ticket_.metadata(), ticket_.metadata_bytes());
  }

 private:
  static void Throw(TicketError error) {
    if (error != TicketError::kNone) {
      throw std::invalid_argument(Describe(error));
    }
  }

  void Write(const std::string& name, py::handle value) {
    Port port = network_.Input(name.c_str());
    if (port.data == nullptr) port = network_.State(name.c_str());
    if (port.data == nullptr) {
      throw std::invalid_argument("step: the ticket has no input '" + name +
                                  "'");
    }
    const py::dtype type = TypeOf(port.type);
    const auto array = py::array::ensure(value);
    if (!py::isinstance<py::array>(value) || !array.dtype().is(type) ||
        (array.flags() & py::array::c_style) == 0) {
      throw std::invalid_argument("step: '" + name +
                                  "' is no contiguous array of " +
                                  py::str(type).cast<std::string>());
    }
    if (array.size() != port.count) {
      throw std::invalid_argument(
          "step: '" + name + "' has " + std::to_string(array.size()) +
          " elements, the ticket needs " + std::to_string(port.count));
    }
    std::memcpy(port.data, array.data(), array.nbytes());
  }

  std::vector<uint8_t> image_;
  std::vector<uint64_t> memory_;
  Ticket ticket_;
  Network network_;
};

}  // namespace

void BindNetwork(py::module_& module) {
  py::class_<PythonNetwork>(module, "Network")
      .def(py::init([](const py::bytes& ticket) {
             return std::make_unique<PythonNetwork>(std::string(ticket));
           }),
           py::arg("ticket"),
           "Check the bytes of a .ticket and make its network ready, with "
           "states "
           "of zero.\n\nRaises ValueError with the reason why it is not sound.")
      .def("step", &PythonNetwork::Step, py::arg("inputs"),
           "Run one frame on arrays by name and return the outputs and "
           "states.\n\nA state that is given is set first.")
      .def("set_width", &PythonNetwork::SetWidth, py::arg("share"),
           "Run with the first units of every width group, a share of 0..1.")
      .def("reset", &PythonNetwork::Reset, "Set the states to zero.")
      .def("tensor", &PythonNetwork::Copy, py::arg("index"),
           "Return the activation with this index of the ticket.")
      .def_property_readonly(
          "inputs", [](const PythonNetwork& n) { return n.Scales(kInput); },
          "Name to scale; the real value is scale * (element - zero point).")
      .def_property_readonly(
          "outputs", [](const PythonNetwork& n) { return n.Scales(kOutput); },
          "Name to scale; the real value is scale * (element - zero point).")
      .def_property_readonly(
          "states", [](const PythonNetwork& n) { return n.Scales(kState); },
          "Name to scale; the real value is scale * (element - zero point).")
      .def_property_readonly("metadata", &PythonNetwork::Metadata,
                             "The JSON that the exporter wrote.")
      .def_property_readonly("arena_bytes", &PythonNetwork::arena_bytes,
                             "Bytes of memory that a step needs.");
}

}  // namespace tombola
