// The envelope that a gate plays, once a frame.
#pragma once

namespace tombola {

// Rises and falls linearly in dB. SHAPE fully left: the gate's level. Else an
// attack, which a trigger completes, and a decay; both grow to the right. A
// closed gate is silent within a second at any SHAPE.
class Envelope {
 public:
  void Init();

  // Advances by a frame. rises: the gate opened since the last one.
  // shape 0..1. Returns 0 (silence) .. 1.
  float Process(bool rises, bool gate, float shape);

 private:
  bool attacks_;
  float level_;
};

}  // namespace tombola
