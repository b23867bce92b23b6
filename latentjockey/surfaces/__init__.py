"""What reaches the instrument from outside: OSC and MIDI. The only package that imports pythonosc, mido or rtmidi."""
