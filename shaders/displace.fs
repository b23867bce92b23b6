/*{
	"DESCRIPTION": "Light pushes: every point is fetched from further away the brighter it is.",
	"CREDIT": "latentjockey",
	"ISFVSN": "2",
	"CATEGORIES": ["Distortion"],
	"INPUTS": [
		{"NAME": "inputImage", "TYPE": "image"},
		{"NAME": "amount", "LABEL": "Push", "TYPE": "float", "MIN": -0.5, "MAX": 0.5, "DEFAULT": 0.12},
		{"NAME": "turn", "LABEL": "Direction", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 90.0},
		{"NAME": "level", "LABEL": "Still level", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
		{"NAME": "slope", "LABEL": "Slope", "TYPE": "float", "MIN": -0.5, "MAX": 0.5, "DEFAULT": 0.06},
		{"NAME": "swirl", "LABEL": "Swirl", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 0.0},
		{"NAME": "softness", "LABEL": "Softness", "TYPE": "float", "MIN": 0.0, "MAX": 0.1, "DEFAULT": 0.02}
	],
	"PASSES": [
		{"TARGET": "lights", "WIDTH": "max(floor($WIDTH/4.0), 1.0)", "HEIGHT": "max(floor($HEIGHT/4.0), 1.0)", "FLOAT": true},
		{"TARGET": "hills", "WIDTH": "max(floor($WIDTH/4.0), 1.0)", "HEIGHT": "max(floor($HEIGHT/4.0), 1.0)", "FLOAT": true},
		{}
	]
}*/

// Push and slope are in picture heights. Slope pushes downhill, as glass of that shape would; swirl turns that push
// away from the hill. Softness is how far round a point its light is measured.

vec2 mirrored(vec2 p) {
	return 1.0 - abs(mod(p, 2.0) - 1.0);
}

float light(vec2 p) {
	return dot(IMG_NORM_PIXEL(inputImage, mirrored(p)).rgb, vec3(0.2126, 0.7152, 0.0722));
}

float soft(vec2 p) {
	return IMG_NORM_PIXEL(lights, mirrored(p)).r;
}

void main() {
	vec2 here = isf_FragNormCoord;
	if (PASSINDEX == 0) {
		vec2 q = 0.25 / RENDERSIZE;
		float sum = light(here + q) + light(here - q) + light(here + vec2(q.x, -q.y)) + light(here - vec2(q.x, -q.y));
		gl_FragColor = vec4(0.25 * sum, 0.0, 0.0, 1.0);
		return;
	}
	vec2 shape = vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0);
	if (PASSINDEX == 1) {
		vec2 d = max(abs(softness), 1.0 / RENDERSIZE.y) / shape;
		float north = soft(here + vec2(0.0, d.y));
		float south = soft(here - vec2(0.0, d.y));
		float east = soft(here + vec2(d.x, 0.0));
		float west = soft(here - vec2(d.x, 0.0));
		vec4 corners = vec4(soft(here + d), soft(here + vec2(d.x, -d.y)), soft(here - d), soft(here + vec2(-d.x, d.y)));
		float mine = (4.0 * soft(here) + 2.0 * (north + south + east + west) + dot(corners, vec4(1.0))) / 16.0;
		gl_FragColor = vec4(0.25 * vec2(2.0 * (east - west) + corners.x + corners.y - corners.z - corners.w,
			2.0 * (north - south) + corners.x + corners.w - corners.y - corners.z), mine, 1.0);
		return;
	}
	vec3 hill = IMG_NORM_PIXEL(hills, here).xyz;
	float angle = radians(turn);
	vec2 push = amount * (hill.z - level) * vec2(cos(angle), sin(angle));
	float s = radians(swirl);
	push += slope * (mat2(cos(s), sin(s), -sin(s), cos(s)) * hill.xy);
	gl_FragColor = IMG_NORM_PIXEL(inputImage, mirrored(here - push / shape));
}
