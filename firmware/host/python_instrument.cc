// Binds the instrument, and its voice alone for the parity tests.
#include <pybind11/numpy.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "firmware/core/dsp/math.h"
#include "firmware/core/storage/fields.h"
#include "firmware/core/voices/impact.h"
#include "firmware/core/voices/texture.h"
#include "firmware/core/voices/tone.h"
#include "firmware/generated/settings.h"
#include "firmware/host/python_core.h"
#include "firmware/module/instrument.h"

namespace tombola {
namespace {

namespace py = pybind11;

template <typename T>
using Array = py::array_t<T, py::array::c_style>;

// Throws ValueError unless the array has this shape.
void CheckShape(const char* name, const py::array& array,
                const std::vector<py::ssize_t>& shape) {
  const std::vector<py::ssize_t> got(array.shape(),
                                     array.shape() + array.ndim());
  if (got == shape) return;
  const auto text = [](const std::vector<py::ssize_t>& sizes) {
    std::string list;
    for (const py::ssize_t size : sizes) {
      list += (list.empty() ? "" : ", ") + std::to_string(size);
    }
    return "[" + list + "]";
  };
  throw py::value_error(std::string(name) + " has the shape " + text(got) +
                        ", not " + text(shape));
}

// The array without conversion, or ValueError.
template <typename T>
Array<T> Require(const char* name, const py::array& array,
                 const std::vector<py::ssize_t>& shape) {
  if (!py::isinstance<Array<T>>(array)) {
    throw py::value_error(
        std::string(name) + " has to be a C-ordered array of " +
        py::str(py::dtype::of<T>()).cast<std::string>() + ", not " +
        py::str(array.dtype()).cast<std::string>());
  }
  CheckShape(name, array, shape);
  return py::reinterpret_borrow<Array<T>>(array);
}

py::ssize_t Length(const char* name, const py::array& array) {
  if (array.ndim() == 0) {
    throw py::value_error(std::string(name) + " has no dimension");
  }
  return array.shape(0);
}

void CheckNotes(const Array<float>& notes) {
  for (py::ssize_t i = 0; i < notes.size(); ++i) {
    if (!(notes.data()[i] >= 0.0f && notes.data()[i] <= 135.0f)) {
      throw py::value_error("notes has a note outside 0..135");
    }
  }
}

// The `tone` voice without a network.
class PythonToneVoice {
 public:
  PythonToneVoice() {
    shaper_.Init();
    voice_.Init(&shaper_);
  }

  Array<float> Render(const py::array& amplitudes, const py::array& notes,
                      const py::array& loudness, float color) {
    const py::ssize_t frames = Length("amplitudes", amplitudes);
    const auto outputs = Require<int16_t>("amplitudes", amplitudes,
                                          {frames, ToneVoice::kOutputs});
    const auto note = Require<float>("notes", notes, {frames * kFrameBlocks});
    const auto level = Require<float>("loudness", loudness, {frames});
    CheckNotes(note);
    Array<float> sound(frames * kFrame);
    float* out = sound.mutable_data();
    py::gil_scoped_release release;
    ToneFrame frame;
    for (py::ssize_t t = 0; t < frames; ++t) {
      const float* block_note = note.data() + t * kFrameBlocks;
      voice_.MakeFrame({block_note[kFrameBlocks - 1], level.data()[t], color},
                       outputs.data() + t * ToneVoice::kOutputs,
                       1.0f / 32768.0f, &frame);
      voice_.Start(frame);
      for (int b = 0; b < kFrameBlocks; ++b, out += kBlock) {
        voice_.Render(NoteToHz(block_note[b]), out);
      }
    }
    return sound;
  }

 private:
  NoiseShaper shaper_;
  ToneVoice voice_;
};

// The `impact` voice without a network.
class PythonImpactVoice {
 public:
  PythonImpactVoice() {
    shaper_.Init();
    voice_.Init(&shaper_);
  }

  void Hit(const py::array& output) {
    const auto values =
        Require<float>("output", output, {ImpactVoice::kOutputs});
    for (py::ssize_t i = 0; i < values.size(); ++i) {
      if (!(values.data()[i] >= 0.0f && values.data()[i] <= 1.0f)) {
        throw py::value_error("output has a value outside 0..1");
      }
    }
    voice_.Hit(values.data());
  }

  Array<float> Render(const py::array& notes) {
    const auto note = Require<float>("notes", notes, {Length("notes", notes)});
    CheckNotes(note);
    Array<float> sound(note.size() * kBlock);
    float* out = sound.mutable_data();
    py::gil_scoped_release release;
    ImpactFrame frame;
    for (py::ssize_t b = 0; b < note.size(); ++b, out += kBlock) {
      if (b % kFrameBlocks == 0) {
        voice_.MakeFrame(note.data()[b], &frame);
        voice_.Start(frame);
      }
      voice_.Render(NoteToHz(note.data()[b]), out);
    }
    return sound;
  }

 private:
  NoiseShaper shaper_;
  ImpactVoice voice_;
};

// The `texture` voice without a network.
class PythonTextureVoice {
 public:
  PythonTextureVoice() { voice_.Init(); }

  Array<float> Render(const py::array& taps, const py::array& loudness,
                      float color) {
    const py::ssize_t frames = Length("taps", taps);
    const auto outputs =
        Require<int16_t>("taps", taps, {frames, TextureVoice::kOutputs});
    const auto level = Require<float>("loudness", loudness, {frames});
    Array<float> sound(frames * kFrame);
    float* out = sound.mutable_data();
    py::gil_scoped_release release;
    TextureFrame frame;
    for (py::ssize_t t = 0; t < frames; ++t) {
      voice_.MakeFrame({level.data()[t], color},
                       outputs.data() + t * TextureVoice::kOutputs,
                       1.0f / 32768.0f, &frame);
      voice_.Start(frame);
      for (int b = 0; b < kFrameBlocks; ++b, out += kBlock) voice_.Render(out);
    }
    return sound;
  }

 private:
  TextureVoice voice_;
};

class PythonInstrument {
 public:
  explicit PythonInstrument(const py::bytes& ticket)
      : ticket_(ticket), memory_(kMaxArenaBytes) {
    CheckTicket(instrument_.Init(Image(ticket_), Size(ticket_), memory_.data(),
                                 memory_.size()));
  }

  void ChangeTicket(const py::bytes& ticket) {
    if (instrument_.changing()) {
      throw py::value_error("another ticket is still coming in");
    }
    std::string next(ticket);
    CheckTicket(instrument_.ChangeTicket(Image(next), Size(next)));
    // The last one plays on until it has faded out.
    last_ = std::move(ticket_);
    ticket_ = std::move(next);
  }

  void Apply(const py::bytes& settings, const py::bytes& calibration) {
    instrument_.Apply(Record<Settings>(settings),
                      Record<Calibration>(calibration));
  }

  bool changing() const { return instrument_.changing(); }

  py::dict Render(const py::array& cv, const py::array& knobs,
                  const py::array& gates, const py::array& audio) {
    const py::ssize_t blocks = Length("gates", gates);
    const auto gate_words = Require<uint8_t>("gates", gates, {blocks});
    const auto cv_words = Require<uint16_t>("cv", cv, {blocks, kCvCount});
    const auto knob_words =
        Require<uint16_t>("knobs", knobs, {blocks, kKnobCount});
    const auto in = Require<int32_t>("audio", audio, {blocks * kBlock, 2});

    Array<int32_t> out({blocks * kBlock, py::ssize_t{2}});
    Array<uint16_t> cv_out(blocks);
    Array<uint8_t> gate_out(blocks), lights(blocks);
    const uint32_t frames = instrument_.frames();
    const uint32_t late_frames = instrument_.late_frames();
    {
      const int32_t* in_samples = in.data();
      int32_t* out_samples = out.mutable_data();
      uint16_t* cv_word = cv_out.mutable_data();
      uint8_t* gate_word = gate_out.mutable_data();
      uint8_t* light_word = lights.mutable_data();
      py::gil_scoped_release release;
      for (py::ssize_t b = 0; b < blocks; ++b) {
        PanelInput input;
        for (int i = 0; i < kCvCount; ++i) {
          input.cv[i] = cv_words.data()[b * kCvCount + i];
        }
        input.knob = knob_words.data()[b * kKnobCount + knob_select_];
        input.gates = gate_words.data()[b];
        PanelOutput output;
        if (instrument_.Process(input, in_samples + b * 2 * kBlock,
                                out_samples + b * 2 * kBlock, &output)) {
          instrument_.RunFrame();
        }
        knob_select_ = output.knob_select;
        cv_word[b] = output.cv;
        gate_word[b] = output.gate;
        light_word[b] = output.lights;
      }
    }
    py::dict result;
    result["audio"] = out;
    result["cv"] = cv_out;
    result["gate"] = gate_out;
    result["lights"] = lights;
    result["frames"] = instrument_.frames() - frames;
    result["late_frames"] = instrument_.late_frames() - late_frames;
    return result;
  }

 private:
  static const uint8_t* Image(const std::string& ticket) {
    return reinterpret_cast<const uint8_t*>(ticket.data());
  }

  static uint32_t Size(const std::string& ticket) {
    if (ticket.size() > std::numeric_limits<uint32_t>::max()) {
      throw py::value_error("the ticket is longer than 4 GB");
    }
    return static_cast<uint32_t>(ticket.size());
  }

  template <typename T>
  static T Record(const std::string& bytes) {
    T record =
        Unpack<T>(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    const char* field = Validate(&record);
    if (field == nullptr) return record;
    throw py::value_error(std::string(field) + " is out of its range");
  }

  static void CheckTicket(const char* reason) {
    if (reason == nullptr) return;
    throw py::value_error(std::string("the ticket cannot be played: ") +
                          reason);
  }

  std::string ticket_;
  std::string last_;
  std::vector<uint8_t> memory_;
  Instrument instrument_;
  int knob_select_ = 0;
};

}  // namespace

void BindInstrument(py::module_& module) {
  py::class_<PythonToneVoice>(module, "ToneVoice",
                              "The `tone` voice without a network.")
      .def(py::init<>())
      .def("render", &PythonToneVoice::Render, py::arg("amplitudes"),
           py::arg("notes"), py::arg("loudness"), py::arg("color") = 0.5f,
           "Play the output of a network, a frame after another.\n\n"
           "amplitudes: int16 [frames, 130], 32768 is 1. notes: float32\n"
           "[frames * 4], MIDI note 0..135 of each block. loudness: float32\n"
           "[frames], dB. color: 0..1. Returns float32 [frames * 192], full\n"
           "scale 1. The state stays between calls.");
  py::class_<PythonImpactVoice>(module, "ImpactVoice",
                                "The `impact` voice without a network.")
      .def(py::init<>())
      .def("hit", &PythonImpactVoice::Hit, py::arg("output"),
           "Strike with the next frame, as a network's output says.\n\n"
           "output: float32 [133], each 0..1.")
      .def("render", &PythonImpactVoice::Render, py::arg("notes"),
           "Play a block a note; the state stays between calls.\n\n"
           "notes: float32 [blocks], MIDI note 0..135, whole frames of four\n"
           "blocks from the call on. Returns float32 [blocks * 48], full\n"
           "scale 1.");
  py::class_<PythonTextureVoice>(module, "TextureVoice",
                                 "The `texture` voice without a network.")
      .def(py::init<>())
      .def(
          "render", &PythonTextureVoice::Render, py::arg("taps"),
          py::arg("loudness"), py::arg("color") = 0.5f,
          "Play the output of a network, a frame after another.\n\n"
          "taps: int16 [frames, 324], 32768 is 1. loudness: float32 [frames],\n"
          "dB. color: 0..1. Returns float32 [frames * 192], full scale 1. The\n"
          "state stays between calls.");
  py::class_<PythonInstrument>(
      module, "Instrument",
      "The module's instrument with a ticket in it.\n\n"
      "Raises ValueError when the ticket cannot be played.")
      .def(py::init<const py::bytes&>(), py::arg("ticket"))
      .def("change_ticket", &PythonInstrument::ChangeTicket, py::arg("ticket"),
           "Fade over to another ticket in the blocks that come.\n\n"
           "Raises ValueError when it cannot be played, or the last one is\n"
           "still coming in; then all goes on as before.")
      .def("apply", &PythonInstrument::Apply, py::arg("settings"),
           py::arg("calibration"),
           "Play by these in the blocks that come.\n\n"
           "Both as tombola.generated.settings packs them. Raises ValueError\n"
           "for a field that is out of its range.")
      .def_property_readonly("changing", &PythonInstrument::changing,
                             "Whether another ticket is coming in.")
      .def("render", &PythonInstrument::Render, py::arg("cv"), py::arg("knobs"),
           py::arg("gates"), py::arg("audio"),
           "Play blocks of 48 samples; the state stays between calls.\n\n"
           "Takes the arrays of tombola.play.performance.PanelTrack and\n"
           "returns those of a Performance, by name; frames and late_frames\n"
           "are this call's.");
}

}  // namespace tombola
