/*{
	"DESCRIPTION": "One side of a line, and its reflection on the other.",
	"CREDIT": "latentjockey",
	"ISFVSN": "2",
	"CATEGORIES": ["Geometry"],
	"INPUTS": [
		{"NAME": "inputImage", "TYPE": "image"},
		{"NAME": "fold", "LABEL": "Fold", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 1.0},
		{"NAME": "turn", "LABEL": "Turn", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 0.0},
		{"NAME": "centre", "LABEL": "Centre", "TYPE": "point2D", "MIN": [0.0, 0.0], "MAX": [1.0, 1.0], "DEFAULT": [0.5, 0.5]},
		{"NAME": "quarters", "LABEL": "Quarters", "TYPE": "bool", "DEFAULT": false},
		{"NAME": "slide", "LABEL": "Slide", "TYPE": "float", "MIN": -0.5, "MAX": 0.5, "DEFAULT": 0.0}
	]
}*/

// Turn 0 keeps the left side, 180 the right one, 90 the lower one. Slide moves the picture under the mirror.

vec2 mirrored(vec2 p) {
	return 1.0 - abs(mod(p, 2.0) - 1.0);
}

void main() {
	vec2 shape = vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0);
	float angle = radians(turn);
	vec2 across = vec2(cos(angle), sin(angle));
	vec2 along = vec2(-across.y, across.x);
	vec2 p = (isf_FragNormCoord - centre) * shape;
	p -= across * (dot(p, across) + abs(dot(p, across))) * fold;
	if (quarters)
		p -= along * (dot(p, along) + abs(dot(p, along))) * fold;
	p += across * slide;
	gl_FragColor = IMG_NORM_PIXEL(inputImage, mirrored(p / shape + centre));
}
