#include <pybind11/pybind11.h>

#include <string>

#include "firmware/core/storage/fields.h"
#include "firmware/generated/settings.h"
#include "firmware/host/python_core.h"

namespace tombola {
namespace {

namespace py = pybind11;

template <typename Record>
py::tuple Validated(const py::bytes& content) {
  const std::string bytes(content);
  auto record = Unpack<Record>(reinterpret_cast<const uint8_t*>(bytes.data()),
                               bytes.size());
  const char* field = Validate(&record);
  std::string packed(Record::kBytes, '\0');
  Pack(record, reinterpret_cast<uint8_t*>(packed.data()));
  return py::make_tuple(py::bytes(packed), field);
}

}  // namespace

void BindStorage(py::module_& module) {
  module.def("validated_settings", &Validated<Settings>, py::arg("content"),
             "Unpack settings, bring them within their limits, pack them.\n\n"
             "Returns the bytes and the first field that was not, or None.");
  module.def("validated_calibration", &Validated<Calibration>,
             py::arg("content"), "The same for a calibration.");
}

}  // namespace tombola
