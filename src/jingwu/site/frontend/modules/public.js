// The residents' face.
import "./shared.js";
