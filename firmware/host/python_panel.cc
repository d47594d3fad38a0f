#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>

#include "firmware/core/panel/panel.h"
#include "firmware/core/storage/fields.h"
#include "firmware/host/python_core.h"

namespace tombola {
namespace {

namespace py = pybind11;

using Words = py::array_t<uint16_t, py::array::c_style>;

py::array_t<float> PlayedNotes(const py::bytes& calibration,
                               const Words& words) {
  const std::string bytes(calibration);
  const auto record = Unpack<Calibration>(
      reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  py::array_t<float> notes(words.size());
  for (py::ssize_t i = 0; i < words.size(); ++i) {
    Panel panel;
    panel.Init();
    panel.Apply(Settings(), record);
    PanelInput input = {};
    input.cv[kCvVOct] = words.data()[i];
    panel.Process(input);
    notes.mutable_data()[i] = panel.modulations().note;
  }
  return notes;
}

}  // namespace

void BindPanel(py::module_& module) {
  module.def(
      "played_notes", &PlayedNotes, py::arg("calibration"), py::arg("words"),
      "Return what held ADC words at V/OCT play, in semitones above 0 V.\n\n"
      "calibration: as tombola.generated.settings packs it. words: uint16.\n"
      "Returns float32 of as many notes.");
}

}  // namespace tombola
