/*{
	"DESCRIPTION": "The picture between mirrors: a wedge of it, folded round a centre.",
	"CREDIT": "latentjockey",
	"ISFVSN": "2",
	"CATEGORIES": ["Geometry"],
	"INPUTS": [
		{"NAME": "inputImage", "TYPE": "image"},
		{"NAME": "petals", "LABEL": "Petals", "TYPE": "float", "MIN": 1.0, "MAX": 16.0, "DEFAULT": 6.0},
		{"NAME": "fold", "LABEL": "Fold", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 1.0},
		{"NAME": "turn", "LABEL": "Turn", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 0.0},
		{"NAME": "wedge", "LABEL": "Wedge", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 30.0},
		{"NAME": "zoom", "LABEL": "Zoom", "TYPE": "float", "MIN": -2.0, "MAX": 2.0, "DEFAULT": 0.0},
		{"NAME": "centre", "LABEL": "Centre", "TYPE": "point2D", "MIN": [0.0, 0.0], "MAX": [1.0, 1.0], "DEFAULT": [0.5, 0.5]},
		{"NAME": "source", "LABEL": "Source", "TYPE": "point2D", "MIN": [0.0, 0.0], "MAX": [1.0, 1.0], "DEFAULT": [0.5, 0.5]}
	]
}*/

// turn turns the whole figure, wedge the piece of the picture that is repeated. Zoom is in octaves.

const float PI = 3.14159265358979;

// Beyond its edges the picture goes on as in a mirror.
vec2 mirrored(vec2 p) {
	return 1.0 - abs(mod(p, 2.0) - 1.0);
}

void main() {
	vec2 shape = vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0);
	vec2 p = (isf_FragNormCoord - centre) * shape;
	float distance_ = length(p);
	float angle = distance_ > 0.0 ? atan(p.y, p.x) : 0.0;
	float slice = 2.0 * PI / max(abs(petals), 0.01);
	float a = angle - radians(turn) - 0.5 * PI;
	float folded = abs(mod(a + 0.5 * slice, slice) - 0.5 * slice) + radians(wedge);
	vec2 q = distance_ * vec2(cos(folded), sin(folded)) * exp2(-clamp(zoom, -20.0, 20.0)) / shape + source;
	gl_FragColor = IMG_NORM_PIXEL(inputImage, mirrored(mix(isf_FragNormCoord, q, fold)));
}
